import Simulation
import Testing

/// The store the simulation runs on promises what PostgreSQL's does, so what holds on it holds there.
@Suite struct SimulatedStoreTests {
    private func contract(_ check: (ProfileStoreContract) throws -> Void) throws {
        try check(
            ProfileStoreContract {
                let database = SimulatedDatabase(now: 1_800_000_000_000)
                return (SimulatedStore(database, number: 1), SimulatedStore(database, number: 2))
            })
    }

    @Test func positionsMoveOnlyFromWhereTheyAre() throws {
        try contract { try $0.positionsMoveOnlyFromWhereTheyAre() }
    }
    @Test func profilesComeBackAsTheyWent() throws { try contract { try $0.profilesComeBackAsTheyWent() } }
    @Test func versionsGuardEveryWrite() throws { try contract { try $0.versionsGuardEveryWrite() } }
    @Test func whoeverWasWrittenMeanwhileIsFoldedAgain() throws {
        try contract { try $0.whoeverWasWrittenMeanwhileIsFoldedAgain() }
    }
    @Test func whatCannotBeFoldedAgainIsAConflict() throws {
        try contract { try $0.whatCannotBeFoldedAgainIsAConflict() }
    }
    @Test func rowsToComeAreWrittenAfterThoseThatCame() throws {
        try contract { try $0.rowsToComeAreWrittenAfterThoseThatCame() }
    }
    @Test func reviewsAreLoweredByFoldsAndSetByReviews() throws {
        try contract { try $0.reviewsAreLoweredByFoldsAndSetByReviews() }
    }
    @Test func claimsAreNotSharedAndEnd() throws { try contract { try $0.claimsAreNotSharedAndEnd() } }
    @Test func theErasedStayErased() throws { try contract { try $0.theErasedStayErased() } }
    @Test(arguments: [false, true]) func theErasedComeBackAsSomebodyElse(isOffered: Bool) throws {
        try contract { try $0.theErasedComeBackAsSomebodyElse(isOffered: isOffered) }
    }
}
