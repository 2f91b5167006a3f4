package steepest.train;

import java.util.List;
import steepest.Device;
import steepest.Program;
import steepest.Tensor;
import steepest.optim.DataParallel;
import steepest.optim.Optimizer;

/** A training step that is planned once, on one device or on several. */
interface Stepper extends AutoCloseable {
    /** Makes a step. @return the last result of the body, of the whole batch */
    Tensor run(Tensor x, Tensor y);

    /** What each device did, where all were given so many samples in so many seconds. */
    List<DataParallel.Share> shares(long samples, double seconds);

    @Override
    void close();

    /** @param body a step without updates, of two results, the loss first */
    static Stepper of(Optimizer optimizer, Program.Body3 body, List<Device> devices, long seed) {
        return devices.size() == 1
                ? new OnOne(optimizer, body, devices.get(0), seed)
                : new OnSeveral(optimizer, body, devices, seed);
    }

    final class OnOne implements Stepper {
        private final Device device;
        private final Program program;

        private OnOne(Optimizer optimizer, Program.Body3 body, Device device, long seed) {
            this.device = device;
            this.program = Program.of((x, y, pass) -> {
                        List<Tensor> results = body.apply(x, y, pass).asStep().results();
                        return optimizer.minimize(results.get(0), pass).returning(results.get(1));
                    })
                    .on(device)
                    .seed(seed);
        }

        @Override
        public Tensor run(Tensor x, Tensor y) {
            return program.call(x, y);
        }

        @Override
        public List<DataParallel.Share> shares(long samples, double seconds) {
            return List.of(new DataParallel.Share(device.info(), samples, seconds));
        }

        @Override
        public void close() {
            program.close();
        }
    }

    final class OnSeveral implements Stepper {
        private final DataParallel program;

        private OnSeveral(Optimizer optimizer, Program.Body3 body, List<Device> devices, long seed) {
            this.program = DataParallel.of(optimizer, body).on(devices).seed(seed);
        }

        @Override
        public Tensor run(Tensor x, Tensor y) {
            return program.run(x, y).get(1);
        }

        @Override
        public List<DataParallel.Share> shares(long samples, double seconds) {
            return program.shares();
        }

        @Override
        public void close() {
            program.close();
        }
    }
}
