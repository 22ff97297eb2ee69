import CRDKafka
import Ingest

extension Records.ContentType {
    /// What the headers of a message say; nothing is parsed where there are none.
    init(headersOf message: UnsafeMutablePointer<rd_kafka_message_t>) {
        self = .json
        var headers: OpaquePointer?
        guard unsafe rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let headers = unsafe headers
        else { return }
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        var index = 0
        // The last one counts, as it does for every other reader of Kafka headers.
        while unsafe rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            index += 1
            guard let name = unsafe name, unsafe Self.isContentType(name) else { continue }
            unsafe self.init(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))
        }
    }

    private static func isContentType(_ name: UnsafePointer<CChar>) -> Bool {
        var index = 0
        for expected in "content-type".utf8 {
            guard unsafe lowered(UInt8(bitPattern: name[index])) == expected else { return false }
            index += 1
        }
        return unsafe name[index] == 0
    }

    /// A media type without its parameters: `application/json`, or anything that ends in `+json`. An empty one says
    /// nothing.
    init(_ mediaType: UnsafeRawBufferPointer) {
        var type = unsafe mediaType.prefix { $0 != UInt8(ascii: ";") }[...]
        let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let first = unsafe type.first, blank(first) { unsafe type.removeFirst() }
        while let last = unsafe type.last, blank(last) { unsafe type.removeLast() }
        let lower = unsafe type.map(Self.lowered)
        let isJSON =
            lower.isEmpty || lower.elementsEqual("application/json".utf8)
            || lower.suffix(5).elementsEqual("+json".utf8)
        self = isJSON ? .json : .other
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }
}
