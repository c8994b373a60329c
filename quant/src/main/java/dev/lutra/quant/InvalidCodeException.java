package dev.lutra.quant;

/**
 * Bytes of a tensor that no encoder writes. Whoever knows file and tensor adds their names.
 */
public final class InvalidCodeException extends RuntimeException {
    private final long offset;

    /**
     * @param offset bytes from the start of the tensor to the byte at fault
     * @param reason which code is invalid, and the row and column that it belongs to
     */
    public InvalidCodeException(long offset, String reason) {
        super("byte " + offset + " of the tensor: " + reason);
        this.offset = offset;
    }

    /** Bytes from the start of the tensor to the byte at fault. */
    public long offset() {
        return offset;
    }
}
