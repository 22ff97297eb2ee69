/// The newest of what happened, as far as there is room: what later events refer to.
struct Recent<Element: Sendable>: Sendable {
    private let room: Int
    private var elements: [Element] = []
    private var next = 0

    init(room: Int) { self.room = room }

    mutating func add(_ element: Element) {
        if elements.count < room {
            elements.append(element)
        } else {
            elements[next] = element
        }
        next = (next + 1) % room
    }

    func any(_ random: inout SplitMix) -> Element? {
        elements.isEmpty ? nil : elements[random.below(elements.count)]
    }
}
