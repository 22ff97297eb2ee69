import Interactions

/// Turns the bytes of records into interactions or rejections, by the rules of the record format.
///
/// One decoder serves one thread; it allocates nothing per record that is accepted. Checks run in a fixed order and the
/// first that fails decides the code.
public struct Decoder: ~Copyable, Sendable {
    private var parser = Parser()
    private let key: HashKey
    private let limits: DecodingLimits

    public init(key: HashKey, limits: DecodingLimits) {
        self.key = key
        self.limits = limits
    }

    /// Decodes one record: exactly one interaction or one rejection is added to `batch`.
    ///
    /// - Parameters:
    ///   - bytes: the arena the record stands in; at least `Records.padding` bytes follow the value.
    ///   - isJSON: false when a header names another content type.
    ///   - record: what the interaction or rejection is numbered with.
    ///   - now: the clock that says what is in the future, Unix ms.
    public mutating func decode(
        _ bytes: Span<UInt8>, value: Range<Int>, isTombstone: Bool, isJSON: Bool, record: UInt32, now: Int64,
        into batch: inout InteractionBatch
    ) {
        let start = batch.bytes.count
        let (events, settings) = (batch.interactions.count, batch.settings.count)
        let fields = FieldReader(now: now, limits: limits, key: key, start: start)
        var isObject = false
        do throws(Fault) {
            if isTombstone || value.isEmpty {
                throw Fault(code: .empty, detail: "the record has no value; accepted: one JSON object")
            }
            if value.count > limits.maximumBytes {
                throw Fault(
                    code: .tooLarge,
                    detail: "the value has \(value.count) bytes; accepted: at most \(limits.maximumBytes)")
            }
            let outcome = parser.parse(bytes, value)
            if outcome != .object || !isJSON { throw Self.fault(outcome, isJSON) }
            isObject = true
            try fields.read(parser, record: record, of: value.count, into: &batch)
        } catch {
            // Of what the record had brought only its customer stays: an erase looks for it.
            batch.interactions.removeLast(batch.interactions.count - events)
            batch.settings.removeLast(batch.settings.count - settings)
            batch.bytes.removeLast(batch.bytes.count - start)
            let customer = isObject ? fields.readableCustomer(parser, &batch.bytes) : .absent
            batch.rejections.append(
                Rejection(record: record, code: error.code, detail: error.detail, customer: customer))
        }
    }

    private static func fault(_ outcome: Parser.Outcome, _ isJSON: Bool) -> Fault {
        switch outcome {
        case .notUTF8: Fault(code: .notUTF8, detail: "the value is not UTF-8; accepted: one JSON object in UTF-8")
        case _ where !isJSON:
            Fault(
                code: .notJSON,
                detail: "the header content-type names another format; accepted: application/json, +json")
        case .notAnObject:
            Fault(code: .notAnObject, detail: "the value is JSON but no object; accepted: one JSON object")
        case .notJSON, .object: Fault(code: .notJSON, detail: "the value is not JSON; accepted: one JSON object")
        }
    }
}
