/**
 * How the engine makes a new data folder: with write-ahead log files of 1 MiB it keeps at most 64 MiB of log, where the
 * default allows 1 GiB.
 */
export const initDbStartParams = ['--wal-segsize=1']

/**
 * One session: the default of 128 MB of buffers would only cost memory. A search reads some 30 MB of a hundred thousand messages,
 * and what does not fit is read from the file system each time, which takes longer than the search.
 */
export const sharedBuffers = ['-c', 'shared_buffers=48MB']
