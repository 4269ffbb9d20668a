/**
 * How the engine makes a new data folder: with write-ahead log files of 1 MiB it keeps at most 64 MiB of log, where the
 * default allows 1 GiB.
 */
export const initDbStartParams = ['--wal-segsize=1']

/** One session on small data: the default of 128 MB of buffers would only cost memory. */
export const sharedBuffers = ['-c', 'shared_buffers=8MB']
