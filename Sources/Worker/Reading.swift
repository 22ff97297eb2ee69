import Ingest

/// Reading: who is not in the cache is read while more is gathered, so that a fold need not wait for the store.
extension WorkerLoop {
    /// Reads whoever came with what was gathered and is not in the cache, while more is gathered.
    func readAhead() {
        takeRead(wait: false)
        // What a review is writing would be read as it was before.
        guard reading.isEmpty, committing?.reviewed ?? 0 == 0 else { return }
        let missing = lanes.newcomers()
        let customers = Array(missing.joined())
        if customers.isEmpty { return }
        reading = missing
        reader.start(customers)
    }

    /// Takes over what was read ahead. Where that failed, whoever was asked for is still missing and read again.
    func takeRead(wait: Bool) {
        guard !reading.isEmpty, let result = reader.finished(wait: wait) else { return }
        if case .success(let stored) = result {
            lanes.remember(stored, of: reading)
            gathering.read += stored.count
        }
        reading = []
    }

    /// Reads who is not in the cache.
    ///
    /// - Returns: false when the store did not answer and everything was dropped.
    func load() throws(WorkerStop) -> Bool {
        takeRead(wait: true)
        let missing = lanes.lookUp()
        let customers = Array(missing.joined())
        if customers.isEmpty { return true }
        do throws(StoreError) {
            lanes.loaded(try store.load(customers), missing: missing)
            answered()
            gathering.read += customers.count
            return true
        } catch {
            try restart(after: error)
            return false
        }
    }
}
