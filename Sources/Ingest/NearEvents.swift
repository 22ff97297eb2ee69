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
    /// Something of all that was brought near: what is not kept would not be read.
    private var touched: UInt8 = 0
    /// Most events have some more bytes of strings than this.
    private static let reach = 56

    public init() {}

    public init(_ places: [EventPlace], in batches: [InteractionBatch]) { replace(with: places.span, in: batches) }

    public var all: Range<Int> { interactions.indices }

    public mutating func replace(with places: Span<EventPlace>, in batches: [InteractionBatch]) {
        // Asked for first, both ends of each: a loop that does nothing else has more of them on their way at a time
        // than one that copies.
        for index in places.indices {
            let (piece, index) = (Int(places[index].piece), Int(places[index].index))
            touched ^= batches[piece].interactions[index].type.rawValue
            touched ^= UInt8(truncatingIfNeeded: batches[piece].interactions[index].settings.upperBound)
        }
        interactions.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        interactions.append(addingCapacity: places.count) { interactions in
            for index in places.indices {
                let place = places[index]
                interactions.append(batches[Int(place.piece)].interactions[Int(place.index)])
            }
        }
        pieces.append(addingCapacity: places.count) { pieces in
            for index in places.indices { pieces.append(places[index].piece) }
        }
        // Of the strings both ends too: they lie in two lines of memory.
        for index in interactions.indices {
            let piece = Int(pieces[index])
            let start = Int(interactions[index].eventID.start)
            touched ^= batches[piece].bytes[start]
            touched ^= batches[piece].bytes[min(start + Self.reach, batches[piece].bytes.count - 1)]
        }
    }

    func types(_ range: Range<Int>) -> EventTypeSet {
        var types = EventTypeSet()
        for index in range { types.insert(interactions[index].type) }
        return types
    }
}
