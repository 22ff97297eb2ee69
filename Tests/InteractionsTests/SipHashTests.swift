import Interactions
import Testing

/// The hash that names an event is SipHash-2-4, to the bit: another implementation must find the same names.
@Suite struct SipHashTests {
    /// The test vectors of the reference implementation (Aumasson and Bernstein): key 00…0f, input 00, 01, … of each
    /// length from 0, output bytes read little-endian.
    static let vectors: [UInt64] = [
        0x726f_db47_dd0e_0e31, 0x74f8_39c5_93dc_67fd, 0x0d6c_8009_d9a9_4f5a, 0x8567_6696_d7fb_7e2d,
        0xcf27_94e0_2771_87b7, 0x1876_5564_cd99_a68d, 0xcbc9_466e_58fe_e3ce, 0xab02_00f5_8b01_d137,
        0x93f5_f579_9a93_2462, 0x9e00_82df_0ba9_e4b0, 0x7a5d_bbc5_94dd_b9f3, 0xf4b3_2f46_226b_ada7,
        0x751e_8fbc_860e_e5fb, 0x14ea_5627_c084_3d90, 0xf723_ca90_8e7a_f2ee, 0xa129_ca61_49be_45e5,
    ]

    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        var hash = SipHash(.standard)
        hash.feed(bytes.span)
        return hash.finish()
    }

    @Test(arguments: vectors.indices) func referenceVectors(_ length: Int) {
        #expect(Self.hash((0..<length).map { UInt8($0) }) == Self.vectors[length])
    }

    @Test func theKeyIsReadLittleEndian() {
        #expect(HashKey.standard.low == 0x0706_0504_0302_0100)
        #expect(HashKey.standard.high == 0x0f0e_0d0c_0b0a_0908)
    }

    @Test func anEventIsHashedAsCustomerZeroByteAndID() {
        let customer = Array("crm:42".utf8)
        let id = Array("e-1".utf8)
        let named = HashKey.standard.event(customer: customer.span, eventID: id.span)
        #expect(named == Self.hash(customer + [0] + id))
        // The zero byte keeps the border between the two.
        let moved = HashKey.standard.event(customer: Array("crm:42e".utf8).span, eventID: Array("-1".utf8).span)
        #expect(named != moved)
    }

    @Test func anotherKeyGivesOtherNames() {
        let other = HashKey(bytes: (1...16).map { UInt8($0) })
        let identity = Array("crm:42".utf8)
        #expect(other.identity(identity.span) != HashKey.standard.identity(identity.span))
    }
}
