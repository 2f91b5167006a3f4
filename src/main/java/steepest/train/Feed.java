package steepest.train;

import java.util.AbstractList;
import java.util.List;
import steepest.data.Dataset;

/** What a run trains on, epoch by epoch: the seam where retraining on made examples differs from natural training. */
public interface Feed {
    /** Batches in an epoch, in each as many. */
    long steps();

    /** The batches of an epoch, from 1. Asked for as the epoch begins, with the weights as they are then. */
    Iterable<Dataset.Batch> epoch(int epoch);

    /** All samples in an order that (seed, epoch) alone determine. */
    static Feed shuffled(Dataset data, int batch, long seed) {
        return new Feed() {
            @Override
            public long steps() {
                return data.batches(batch).size();
            }

            @Override
            public Iterable<Dataset.Batch> epoch(int epoch) {
                return data.shuffled(seed, epoch).batches(batch);
            }
        };
    }

    /** Each batch of a feed several times in a row. */
    static Feed replayed(Feed feed, int times) {
        return new Feed() {
            @Override
            public long steps() {
                return feed.steps() * times;
            }

            @Override
            public Iterable<Dataset.Batch> epoch(int epoch) {
                Iterable<Dataset.Batch> once = feed.epoch(epoch);
                return () -> new Replay(once.iterator(), times);
            }
        };
    }

    /** The batches of a list that are made as they are asked for. */
    static Iterable<Dataset.Batch> batches(int count, java.util.function.IntFunction<Dataset.Batch> batch) {
        List<Dataset.Batch> lazy = new AbstractList<>() {
            @Override
            public int size() {
                return count;
            }

            @Override
            public Dataset.Batch get(int i) {
                return batch.apply(i);
            }
        };
        return lazy;
    }

    /** Repeats what an iterator gives. */
    final class Replay implements java.util.Iterator<Dataset.Batch> {
        private final java.util.Iterator<Dataset.Batch> from;
        private final int times;
        private Dataset.Batch now;
        private int left;

        private Replay(java.util.Iterator<Dataset.Batch> from, int times) {
            this.from = from;
            this.times = times;
        }

        @Override
        public boolean hasNext() {
            return left > 0 || from.hasNext();
        }

        @Override
        public Dataset.Batch next() {
            if (left == 0) {
                now = from.next();
                left = times;
            }
            left--;
            return now;
        }
    }
}
