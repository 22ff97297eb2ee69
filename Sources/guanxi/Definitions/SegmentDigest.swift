import Interactions
import Segments

extension SegmentDocument {
    /// What each segment means, by id: equal where the condition and all that it names are equal, whatever else a
    /// document says and however it is laid out.
    ///
    /// Stored when a document is applied. A program that reads the text and comes to something else does not evaluate
    /// it: programs that understand segments differently do not mix.
    var digests: [String: String] {
        let writer = SegmentWriter(canonical: self)
        var digests: [String: String] = [:]
        for segment in segments.inOrder {
            let named = Set(segment.condition.named).sorted().map { "\($0) is \(digests[$0]!)" }
            let meaning = (["semantics \(Self.semantics)"] + named + writer.lines(segment.condition)).joined(
                separator: "\n")
            digests[segment.id] = ModelDocument.checksum(meaning)
        }
        return digests
    }

    /// To be raised when the same condition is to mean something else than before.
    private static let semantics = 1
}
