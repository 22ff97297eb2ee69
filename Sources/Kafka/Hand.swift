import CRDKafka
import Ingest

/// Messages taken from the client's queue and not yet passed on.
@safe
struct Hand: ~Copyable {
    /// So few that they stay in the processor's cache until they are copied: each is an allocation of its own.
    private static let capacity = 512
    private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private var next = 0
    private var end = 0

    init() {
        unsafe messages = .allocate(capacity: Self.capacity)
        unsafe messages.initialize(repeating: nil, count: Self.capacity)
    }

    deinit {
        for index in next..<end { unsafe rd_kafka_message_destroy(messages[index]) }
        unsafe messages.deallocate()
    }

    var isEmpty: Bool { next == end }

    mutating func removeAll() {
        while next < end { drop() }
    }

    /// Takes what is there; when nothing is, waits at most `timeout` for the first message.
    ///
    /// Callbacks run in here. They may end the wait by yielding the queue, and by that alone: librdkafka 2.0 loses a
    /// message when a callback calls `rd_kafka_yield` inside a batch.
    mutating func refill(from queue: borrowing QueueHandle, timeout: Duration) {
        precondition(isEmpty, "messages in hand would be lost")
        (next, end) = (0, 0)
        // A batch waits until it is full or the time is over: so one message is waited for, then what is there taken.
        if timeout > .zero {
            end = unsafe max(0, rd_kafka_consume_batch_queue(queue.pointer, timeout.milliseconds, messages, 1))
            if end == 0 { return }
        }
        let room = Self.capacity - end
        end += unsafe max(0, rd_kafka_consume_batch_queue(queue.pointer, 0, messages + end, room))
    }

    /// The next message, until `drop`.
    var first: UnsafeMutablePointer<rd_kafka_message_t>? {
        next < end ? unsafe messages[next] : nil
    }

    mutating func drop() {
        unsafe rd_kafka_message_destroy(messages[next])
        unsafe messages[next] = nil
        next += 1
    }
}
