/// A string field of a record, borrowed: where its UTF-8 bytes stand in the arena of its batch.
///
/// The hot path makes no `String` per event; whoever holds a `Text` also holds the arena it points into.
/// An absent field has `count` 0 (an empty string is absent by the contract of events).
public struct Text: Equatable, Sendable {
    public var start: UInt32
    public var count: UInt32

    public init(start: Int, count: Int) {
        self.start = UInt32(start)
        self.count = UInt32(count)
    }

    @inlinable init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    public static let absent = Text(start: 0, count: 0)
    public var isAbsent: Bool { count == 0 }
    public var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

extension [UInt8] {
    /// The bytes of `text` as a `String`: for people, never for the hot path.
    public func string(_ text: Text) -> String { String(decoding: self[text.range], as: UTF8.self) }
}
