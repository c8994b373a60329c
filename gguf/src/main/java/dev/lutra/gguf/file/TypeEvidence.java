package dev.lutra.gguf.file;

/** Why a stored type id was taken to mean a type. Forks of ggml gave some ids meanings of their own. */
public enum TypeEvidence {
    /** The id has one meaning only. */
    ID("the id has one meaning"),
    /** Only this meaning's size fits the distance to the next tensor. */
    SIZE("only this type's size fits the distance to the next tensor"),
    /** The size decides nothing; general.architecture is one of bitnet.cpp's. */
    ARCHITECTURE("general.architecture is one of bitnet.cpp's"),
    /** The size decides nothing; the file says whose ids it uses. */
    OWN_KEY("the file carries Lutra's own keys"),
    /** Nothing decides, so the id means what it means upstream. */
    UPSTREAM("nothing in the file says otherwise, so the id means what it means in llama.cpp");

    private final String reason;

    TypeEvidence(String reason) {
        this.reason = reason;
    }

    /** The evidence in words. */
    public String reason() {
        return reason;
    }
}
