import Decoding
import Interactions

/// What became of one record, with names instead of offsets.
struct Decoded {
    /// 2026-03-01T12:00:00Z, the clock of these tests.
    static let now: Int64 = 1_772_366_400_000

    let batch: InteractionBatch
    var interaction: Interaction? { batch.interactions.first }
    var rejection: Rejection? { batch.rejections.first }
    var code: Rejection.Code? { rejection?.code }

    init(
        _ bytes: [UInt8], isTombstone: Bool = false, isJSON: Bool = true, limits: DecodingLimits = DecodingLimits(),
        now: Int64 = Self.now
    ) {
        var decoder = Decoder(key: .standard, limits: limits)
        var batch = InteractionBatch()
        let arena = bytes + [UInt8](repeating: 0, count: 64)
        decoder.decode(
            arena.span, value: 0..<bytes.count, isTombstone: isTombstone, isJSON: isJSON, record: 7, now: now,
            into: &batch)
        self.batch = batch
    }

    init(_ json: String) { self.init(Array(json.utf8)) }

    /// The content of a string field, nil when it is absent.
    func string(_ field: KeyPath<Interaction, Text>) -> String? {
        guard let text = interaction?[keyPath: field], !text.isAbsent else { return nil }
        return batch.bytes.string(text)
    }

    var settings: [(name: String, value: Setting.Value)] {
        guard let range = interaction?.settings else { return [] }
        return batch.settings[Int(range.lowerBound)..<Int(range.upperBound)].map {
            (batch.bytes.string($0.name), $0.value)
        }
    }

    /// For the message of a failed expectation.
    var outcome: String { rejection.map { "\($0.code.rawValue): \($0.detail)" } ?? "accepted" }
}

/// A record that is accepted, after some changes: a field that is there is replaced in its place, a new one goes to the
/// end, nil removes one. Values are JSON literals.
func record(_ changes: KeyValuePairs<String, String?> = [:]) -> String {
    var fields = [
        ("event_id", "\"e1\""), ("type", "\"view\""), ("occurred_at", "\(Decoded.now)"), ("customer", "\"crm:42\""),
    ]
    for (name, literal) in changes {
        let index = fields.firstIndex { $0.0 == name }
        switch (index, literal) {
        case (let index?, let literal?): fields[index].1 = literal
        case (let index?, nil): fields.remove(at: index)
        case (nil, let literal?): fields.append((name, literal))
        case (nil, nil): break
        }
    }
    return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
}

/// A JSON string of `count` bytes.
func long(_ count: Int, _ prefix: String = "") -> String {
    "\"" + prefix + String(repeating: "x", count: count - prefix.utf8.count) + "\""
}

/// `count` levels of arrays.
func nested(_ count: Int) -> String {
    String(repeating: "[", count: count) + String(repeating: "]", count: count)
}
