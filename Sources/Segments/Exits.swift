import Profiles

/// What a measure comes to, and what leaves it when.
struct Exits: Sendable {
    struct Exit: Sendable {
        /// Unix ms; or a local day, where the window counts those.
        var key: Int64
        var value: Int64
    }

    private(set) var total: Int64 = 0
    /// What leaves at all; after `order` the first of it last.
    private(set) var list: [Exit] = []
    /// What must not be counted twice, `.max` where it stays.
    private var names: [(name: Int64, key: Int64)] = []

    mutating func removeAll() {
        total = 0
        // To empty what is empty costs as much as anything.
        if !list.isEmpty { list.removeAll(keepingCapacity: true) }
        if !names.isEmpty { names.removeAll(keepingCapacity: true) }
    }

    /// - Parameter key: `.max` for never.
    @inline(__always) mutating func add(_ value: Int64, leaving key: Int64) {
        total = total.saturatingAdd(value)
        if key != .max { list.append(Exit(key: key, value: value)) }
    }

    @inline(__always) mutating func add(name: Int64, leaving key: Int64) { names.append((name, key)) }

    /// Counts every name once: it leaves with the last that has it.
    mutating func countNames() {
        if names.isEmpty { return }
        names.sort { $0.name != $1.name ? $0.name < $1.name : $0.key > $1.key }
        for place in names.indices where place == 0 || names[place].name != names[place - 1].name {
            add(1, leaving: names[place].key)
        }
    }

    /// Sorts what leaves. Events of one type are found in order.
    mutating func order() {
        for place in list.indices.dropFirst() where list[place - 1].key < list[place].key {
            list.sort { $0.key > $1.key }
            return
        }
    }

    /// Takes out all that leaves next at the same time.
    mutating func popFirst() -> Exit? {
        guard var first = list.popLast() else { return nil }
        while let other = list.last, other.key == first.key {
            first.value &+= other.value
            list.removeLast()
        }
        return first
    }
}
