import Profiles

/// Calendars of real zones, by hand: tests must not change with the machine's time zone data.
extension LocalCalendar {
    /// New York in 2025 and 2026: daylight saving time from the second Sunday of March, 02:00, to the first Sunday of
    /// November, 02:00.
    package static let newYork = LocalCalendar(
        offset: -5 * hour,
        changes: [
            Change(instant: 1_741_503_600_000, offset: -4 * hour),  // 2025-03-09T07:00:00Z
            Change(instant: 1_762_063_200_000, offset: -5 * hour),  // 2025-11-02T06:00:00Z
            Change(instant: 1_772_953_200_000, offset: -4 * hour),  // 2026-03-08T07:00:00Z
            Change(instant: 1_793_512_800_000, offset: -5 * hour),  // 2026-11-01T06:00:00Z
        ])
    /// Cairo in 2025: clocks go forward at midnight, so the 25th of April begins at 01:00, and back at midnight, so the
    /// last hour of the 30th of October comes twice.
    package static let cairo = LocalCalendar(
        offset: 2 * hour,
        changes: [
            Change(instant: 1_745_532_000_000, offset: 3 * hour),  // 2025-04-24T22:00:00Z
            Change(instant: 1_761_858_000_000, offset: 2 * hour),  // 2025-10-30T21:00:00Z
        ])
    /// Samoa skipped 2011-12-30 whole.
    package static let apia = LocalCalendar(
        offset: -10 * hour, changes: [Change(instant: 1_325_239_200_000, offset: 14 * hour)])  // 2011-12-30T10:00:00Z

    private static let hour: Int64 = 3_600_000
}
