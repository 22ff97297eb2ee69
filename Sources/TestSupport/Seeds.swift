import Foundation

/// The seeds of a random test: `GUANXI_SEED=n` replays one, `GUANXI_SEEDS=n` sets how many there are.
package enum Seeds {
    /// - Parameter count: how many where the environment says nothing.
    package static func all(_ count: Int) -> [UInt64] {
        if let one = number("GUANXI_SEED") { return [one] }
        return Array(1...max(1, number("GUANXI_SEEDS") ?? UInt64(count)))
    }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }
}
