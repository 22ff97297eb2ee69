/// The name somebody probably meant.
enum NearestName {
    /// The candidate with the fewest differences to `name`; nil when none is near.
    ///
    /// A name whose last part is right (`brokers` for `kafka.brokers`) is near whatever stands before it.
    static func of(_ name: String, among candidates: [String], separator: Character = ".") -> String? {
        let limit = max(2, name.count / 3)
        let near = candidates.map { (name: $0, distance: distance(name, $0)) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if let near { return near.name }
        let last = name.split(separator: separator).last.map(String.init) ?? name
        let same = candidates.filter { $0.hasSuffix("\(separator)\(last)") }
        return same.count == 1 ? same[0] : nil
    }

    /// How many letters must be put in, taken out, replaced or swapped with their neighbour.
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.lowercased().utf8)
        let b = Array(b.lowercased().utf8)
        var before = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1..<(a.count + 1) {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1..<(b.count + 1) {
                let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                row[j] = min(replaced, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], before[j - 2] + 1) }
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
