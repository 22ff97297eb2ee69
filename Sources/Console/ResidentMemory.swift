import Foundation

/// Memory of this process that is in RAM.
package enum ResidentMemory {
    /// Bytes; nil where the system does not tell it the Linux way.
    package static func bytes() -> Int? { field("VmRSS") }

    /// The most it has ever been, bytes.
    package static func peakBytes() -> Int? { field("VmHWM") }

    private static func field(_ name: String) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        return read(field: name, in: status)
    }

    /// The value of `name:    1234 kB` in bytes.
    package static func read(field name: String, in status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix("\(name):") {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).compactMap { Int($0) }.first.map {
                $0 * 1024
            }
        }
        return nil
    }
}
