import CPostgres

/// The rows of a query, in binary; read by position.
@safe public struct Rows: ~Copyable {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { unsafe self.result = result }

    deinit { unsafe PQclear(result) }

    public var count: Int { unsafe Int(PQntuples(result)) }
    /// Rows a statement has inserted, updated or deleted.
    public var affected: Int { unsafe Int(String(cString: PQcmdTuples(result))) ?? 0 }
    /// What the server says it did: `COMMIT`, or `ROLLBACK` where a commit came too late.
    public var tag: String { unsafe String(cString: PQcmdStatus(result)) }

    public func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(result, Int32(row), Int32(column)) != 0
    }

    public func bytes(_ row: Int, _ column: Int) -> [UInt8] {
        let count = unsafe Int(PQgetlength(result, Int32(row), Int32(column)))
        guard count > 0, let start = unsafe PQgetvalue(result, Int32(row), Int32(column)) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    public func string(_ row: Int, _ column: Int) -> String { String(decoding: bytes(row, column), as: UTF8.self) }

    /// An integer of two, four or eight bytes, a boolean, or the bits of a double.
    public func int(_ row: Int, _ column: Int) -> Int64 {
        let count = unsafe Int(PQgetlength(result, Int32(row), Int32(column)))
        guard count > 0, let start = unsafe PQgetvalue(result, Int32(row), Int32(column)) else { return 0 }
        var value: Int64 = unsafe Int64(Int8(bitPattern: UInt8(bitPattern: start[0])))
        for index in 1..<max(count, 1) { value = unsafe value << 8 | Int64(UInt8(bitPattern: start[index])) }
        return value
    }

    public func optionalInt(_ row: Int, _ column: Int) -> Int64? { isNull(row, column) ? nil : int(row, column) }
    public func bool(_ row: Int, _ column: Int) -> Bool { int(row, column) != 0 }
    public func double(_ row: Int, _ column: Int) -> Double {
        Double(bitPattern: UInt64(bitPattern: int(row, column)))
    }

    /// A one-dimensional array of texts without nulls.
    public func texts(_ row: Int, _ column: Int) -> [[UInt8]] { elements(bytes(row, column)) { Array($0) } }

    /// A one-dimensional `integer[]` without nulls.
    public func integers(_ row: Int, _ column: Int) -> [Int32] {
        elements(bytes(row, column)) { Int32(truncatingIfNeeded: $0.reduce(0) { $0 << 8 | Int($1) }) }
    }

    private func elements<Element>(_ bytes: [UInt8], _ element: (ArraySlice<UInt8>) -> Element) -> [Element] {
        func word(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        // Dimensions, whether there are nulls, the type, then the length and lower bound of the dimension.
        guard bytes.count >= 20, word(0) == 1 else { return [] }
        var result: [Element] = []
        var start = 20
        for _ in 0..<word(12) {
            let end = start + 4 + word(start)
            result.append(element(bytes[start + 4..<end]))
            start = end
        }
        return result
    }

    /// A timestamp as Unix milliseconds.
    public func instant(_ row: Int, _ column: Int) -> Int64 { BinaryFormat.milliseconds(int(row, column)) }
    public func optionalInstant(_ row: Int, _ column: Int) -> Int64? {
        isNull(row, column) ? nil : instant(row, column)
    }
}
