import Interactions

/// Where an event stands among the decoded pieces of a batch.
public struct EventPlace: Sendable {
    public var piece: UInt32
    public var index: UInt32

    public init(piece: Int, index: Int) {
        self.piece = UInt32(piece)
        self.index = UInt32(index)
    }
}

/// Some events of a batch, copied side by side in the order in which they are folded.
///
/// Where they were decoded, events of one person lie anywhere in hundreds of megabytes. Whoever reads them one by one
/// between other work waits for memory each time; a processor that is asked for hundreds in one go fetches many at
/// once.
public struct NearEvents: Sendable {
    public private(set) var interactions: [Interaction] = []
    /// By event: the piece that has its strings.
    private(set) var pieces: [UInt32] = []
    /// Something of each event's strings: what is read here is near when they are folded, and what is not kept would
    /// not be read.
    private var touched: UInt8 = 0

    public init() {}

    public init(_ places: [EventPlace], in batches: [InteractionBatch]) { replace(with: places.span, in: batches) }

    public var all: Range<Int> { interactions.indices }

    public mutating func replace(with places: Span<EventPlace>, in batches: [InteractionBatch]) {
        interactions.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        for index in places.indices {
            let place = places[index]
            interactions.append(batches[Int(place.piece)].interactions[Int(place.index)])
            pieces.append(place.piece)
        }
        for index in interactions.indices {
            touched ^= batches[Int(pieces[index])].bytes[Int(interactions[index].customer.start)]
        }
    }

    func types(_ range: Range<Int>) -> EventTypeSet {
        var types = EventTypeSet()
        for index in range { types.insert(interactions[index].type) }
        return types
    }
}
