import Ingest
import Interactions

/// What has been gathered since the last batch was closed.
struct Gathering {
    var pieces: [Piece] = []
    var records = 0
    var bytes = 0
    var rejections: [Changeset.RejectedRecord] = []
    var keyDifferences = 0
    /// How many people had to be read.
    var read = 0
    /// Monotonic ms of the first record.
    var since: Int64 = 0
    /// How old the record that came last was then, ms by the store's clock.
    var lag: Int64 = 0
    /// When the broker got the records: (Unix ms, how many).
    var stamps: [(time: Int64, count: Int)] = []

    /// Counts records that came, one at least.
    mutating func count(_ added: [Records.Record], now: Int64) {
        records += added.count
        lag = now - added[added.count - 1].timestamp
        for record in added {
            bytes += record.value.count
            if let last = stamps.last, last.time == record.timestamp {
                stamps[stamps.count - 1].count += 1
            } else {
                stamps.append((record.timestamp, 1))
            }
        }
    }
}

/// A folded batch: what is to be written, and what to count once it is.
struct FoldedBatch {
    var changeset: Changeset
    /// Nil where nobody else has been seen to write people of ours.
    var events: BatchEvents?
    var trigger: BatchTrigger
    var records = 0
    var applied = 0
    var duplicates = 0
    var keyDifferences = 0
    var stamps: [(time: Int64, count: Int)] = []
    var reviewed = 0
    /// Monotonic ms of the start of the last attempt to commit it, and how many there were.
    var startedAt: Int64 = 0
    var attempts = 0
}
