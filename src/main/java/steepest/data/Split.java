package steepest.data;

/** The part of a dataset that is learned from, or the part that is kept apart to judge by. */
public enum Split {
    TRAIN,
    TEST
}
