import Foundation

/// Runs a test that waits on a thread of its own: waiting tests would otherwise take turns on a few threads.
func onThread(_ body: @escaping () throws -> Void) async throws {
    // The test does nothing but wait for it.
    nonisolated(unsafe) let body = body
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        Thread { continuation.resume(with: Result { try unsafe body() }) }.start()
    }
}
