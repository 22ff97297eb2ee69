import Dispatch
import Foundation
import Synchronization

/// Waits for SIGTERM and SIGINT: the first asks for an orderly end, a second one ends the process at once.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    /// - Parameters:
    ///   - first: called once, on a queue of its own.
    ///   - second: called at each signal after the first.
    init(first: @escaping @Sendable () -> Void, second: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "guanxi.signals")
        let count = Count()
        sources = [SIGTERM, SIGINT].map { number in
            // Ignored by default action, so that only the source answers.
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if count.value.add(1, ordering: .relaxed).newValue == 1 { first() } else { second() }
            }
            source.resume()
            return source
        }
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }
}
