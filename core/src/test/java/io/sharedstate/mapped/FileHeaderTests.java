package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileHeaderTests {

    private static final int LENGTH = 4096;
    private static final Content CONTENT = new Content(FileType.VALUE, 100, 7, "config", "json");

    private final AtomicBuffer buffer = new MappedAtomicBuffer(
            ByteBuffer.allocateDirect(LENGTH + 8).alignedSlice(8).slice(0, LENGTH));

    @BeforeEach
    void write() {
        FileHeader.write(buffer, LENGTH, 11, 22, CONTENT);
    }

    private String damage() {
        return FileHeader.damage(buffer, LENGTH, 11, 22, FileType.VALUE);
    }

    /** As somebody would who writes another header, rather than damages this one. */
    private void seal() {
        byte[] bytes = new byte[FileHeader.CHECKSUM_OFFSET];
        buffer.getBytes(0, bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        buffer.putInt(FileHeader.CHECKSUM_OFFSET, (int) crc.getValue());
    }

    @Test
    void whatIsWrittenIsWholeAndReadBack() {
        assertThat(damage()).isNull();
        assertThat(FileHeader.content(buffer, FileType.VALUE)).isEqualTo(CONTENT);
        assertThat(FileHeader.damage(buffer, LENGTH, 0, 0, FileType.VALUE))
                .as("of any directory")
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void longestNamesAndFormatsFit(FileType type) {
        Content content = new Content(type, Long.MAX_VALUE, -1, "n".repeat(64), "f".repeat(16), "k".repeat(16));
        FileHeader.write(buffer, LENGTH, 11, 22, content);
        assertThat(FileHeader.damage(buffer, LENGTH, 11, 22, type)).isNull();
        assertThat(FileHeader.content(buffer, type)).isEqualTo(content);
    }

    @Test
    void everyFlippedByteOfTheHeaderIsFound() {
        for (int at = 0; at < FileHeader.CHECKSUM_OFFSET + Integer.BYTES; at++) {
            buffer.putByte(at, (byte) ~buffer.getByte(at));
            assertThat(damage()).as("byte %d", at).isNotNull();
            buffer.putByte(at, (byte) ~buffer.getByte(at));
        }
        assertThat(damage()).isNull();
    }

    @Test
    void aForeignFileIsToldFromADamagedOne() {
        buffer.putLong(FileHeader.MAGIC_OFFSET, 0x0123456789abcdefL);
        assertThat(damage())
                .isEqualTo(
                        "is not a file of sharedstate: it begins with 0x0123456789abcdef, expected 0x5348415253544154");
    }

    @Test
    void theOtherByteOrderIsNamed() {
        ByteOrder other =
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        buffer.putLong(FileHeader.MAGIC_OFFSET, FileHeader.MAGIC, other);
        assertThat(damage()).isEqualTo("was written by a machine of the other byte order");
    }

    @Test
    void anotherLayoutVersionIsNamedWhateverElseIsInTheHeader() {
        buffer.putInt(FileHeader.VERSION_OFFSET, 2);
        assertThat(damage())
                .isEqualTo("has layout version 2, this library reads and writes version " + FileHeader.LAYOUT_VERSION);
    }

    @Test
    void aDamagedHeaderShowsBothChecksums() {
        int checksum = buffer.getInt(FileHeader.CHECKSUM_OFFSET);
        buffer.putInt(FileHeader.CHECKSUM_OFFSET, checksum + 1);
        assertThat(damage())
                .isEqualTo("has a damaged header: its checksum is 0x%08x, expected 0x%08x", checksum + 1, checksum);
    }

    @Test
    void anotherTypeIsNamed() {
        assertThat(FileHeader.damage(buffer, LENGTH, 11, 22, FileType.REGION))
                .isEqualTo("is of type 5, expected 6 (REGION)");
    }

    @Test
    void anotherLengthIsNamed() {
        assertThat(FileHeader.damage(buffer, LENGTH - 1, 11, 22, FileType.VALUE))
                .isEqualTo("has 4095 bytes, expected 4096");
    }

    @Test
    void aFileOfAnotherDirectoryIsNamed() {
        assertThat(FileHeader.damage(buffer, LENGTH, 11, 23, FileType.VALUE))
                .isEqualTo("belongs to another state directory");
        assertThat(FileHeader.damage(buffer, LENGTH, 12, 22, FileType.VALUE))
                .isEqualTo("belongs to another state directory");
    }

    @Test
    void aSealedNameLengthOutOfRangeIsCut() {
        buffer.putInt(FileHeader.NAME_LENGTH_OFFSET, Integer.MAX_VALUE);
        seal();
        assertThat(damage()).isNull();
        assertThat(FileHeader.content(buffer, FileType.VALUE).name()).hasSize(64);
        buffer.putInt(FileHeader.NAME_LENGTH_OFFSET, -1);
        assertThat(FileHeader.content(buffer, FileType.VALUE).name()).isEmpty();
    }
}
