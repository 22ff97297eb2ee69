/// What a record may be.
public struct DecodingLimits: Sendable {
    /// Longest value, bytes.
    public var maximumBytes: Int
    /// How far in the future an event may lie, milliseconds.
    public var futureTolerance: Int64

    public init(maximumBytes: Int = 65_536, futureTolerance: Int64 = 600_000) {
        self.maximumBytes = maximumBytes
        self.futureTolerance = futureTolerance
    }

    // Bytes of the strings of a record; counts of its lists.
    static let string = 128
    static let attributeText = 1024
    static let attributes = 64
    static let tags = 32
    /// 1990-01-01T00:00:00Z.
    static let earliest: Int64 = 631_152_000_000
    static let greatestNumber: Int64 = 1_000_000_000
}
