import Scoring

extension Evaluation {
    /// The fields in which this differs from `expected`, one line each; sums of doubles may differ in their last bits.
    ///
    /// - Parameter ignored: names of fields that are not compared.
    package func differences(from expected: Evaluation, except ignored: Set<String> = []) -> [String] {
        var found: [String: Any] = [:]
        for field in Mirror(reflecting: self).children { found[field.label!] = field.value }
        return Mirror(reflecting: expected).children.compactMap { field in
            let name = field.label!
            if ignored.contains(name) { return nil }
            let value = found[name]!
            if let a = value as? Double, let b = field.value as? Double {
                if abs(a - b) <= 1e-9 * max(1, abs(a), abs(b)) { return nil }
            } else if "\(value)" == "\(field.value)" {
                return nil
            }
            return "\(name) is \(value), not \(field.value)"
        }
    }
}
