import CMalloc

/// How glibc hands memory to the arrays of a batch.
enum Allocator {
    /// Keeps what a batch gives back for the next one, in one arena for all threads.
    ///
    /// By default arrays of megabytes are mapped anew each time and given back to the system: a fifth of a worker's CPU
    /// went into pages that were taken away and cleared again. To be called before lanes begin.
    static func keepFreedMemory() {
        // The most that can be asked for; larger arrays are mapped all the same.
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
        _ = mallopt(M_TRIM_THRESHOLD, 1 << 30)
        // Lanes take turns in building large arrays: with an arena each, each would keep its largest.
        _ = mallopt(M_ARENA_MAX, 1)
    }
}
