/** What `ensure` answers: the version, and whether the engine was there, came by apt-get, or was built. */
export type Ensured = { how: 'present' | 'installed' | 'cached' | 'built' | 'downloaded'; version: string }

/** Whether tests may use an engine now, without installing anything; `why` is one line with what to do. */
export type Availability = { ok: true } | { ok: false; why: string }
