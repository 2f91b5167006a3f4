/**
 * Labelled images: where they come from ({@link steepest.data.DataStore}), how they lie on disk
 * ({@link steepest.data.Idx}) and how they are dealt out in batches ({@link steepest.data.Dataset}).
 */
package steepest.data;
