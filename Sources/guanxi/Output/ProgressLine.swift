import Foundation

/// Says how far a long command is: on a terminal one line that changes, otherwise a line every few seconds.
struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now

    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// - Parameter total: nil when nobody knows.
    mutating func update(_ done: Int, of total: Int?, _ what: String) {
        let now = ContinuousClock.now
        guard now - last >= (isTerminal ? .milliseconds(200) : .seconds(5)) else { return }
        last = now
        let rate = Written.count(Int(Double(done) / max(seconds, 0.001)))
        let share = total.map { " of \(Written.count($0)) (\(done * 100 / max($0, 1)) %)" } ?? ""
        let line = "\(Written.count(done))\(share) \(what), \(rate)/s"
        StandardError.write(isTerminal ? "\r\u{1b}[K\(line)" : "\(line)\n")
    }

    /// Clears the changing line.
    func end() { if isTerminal { StandardError.write("\r\u{1b}[K") } }
}
