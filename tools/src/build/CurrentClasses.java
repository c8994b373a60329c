import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ConstantDescs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Raises the class files of a jar to version 52, with the stack maps that it asks for: {@code java CurrentClasses.java FOLDER PREFIX},
 * for the jars in FOLDER whose names begin with PREFIX. A JVM keeps no class older than version 50 in an AOT cache, and verifies such
 * ones slowly; picocli's are of version 49, and parsing options then takes longer than loading a small model.
 */
final class CurrentClasses {
    private static final int OLDEST_ARCHIVED = 50;
    private static final int VERSION = ClassFile.JAVA_8_VERSION;

    private static final LocalDateTime WRITTEN = LocalDateTime.of(2000, 1, 1, 0, 0);

    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    public static void main(String[] args) throws IOException {
        try (var jars = Files.newDirectoryStream(Path.of(args[0]), args[1] + "*.jar")) {
            for (Path jar : jars) new CurrentClasses().rewrite(jar);
        }
    }

    private void rewrite(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries()))
                if (!entry.isDirectory()) entries.put(entry.getName(), file.getInputStream(entry).readAllBytes());
        }
        if (entries.values().stream().noneMatch(CurrentClasses::isOld)) return;
        Path part = jar.resolveSibling(jar.getFileName() + ".part");
        try (OutputStream out = Files.newOutputStream(part);
                JarOutputStream to = new JarOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                JarEntry same = new JarEntry(entry.getKey());
                same.setTimeLocal(WRITTEN); // the same jar makes the same jar
                to.putNextEntry(same);
                to.write(isOld(entry.getValue()) ? raise(entry.getValue()) : entry.getValue());
            }
        }
        Files.move(part, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Whether this is a class file, and one of an old version. */
    private static boolean isOld(byte[] content) {
        return content.length > 8
                && (content[0] & 0xFF) == 0xCA
                && (content[1] & 0xFF) == 0xFE
                && (content[2] & 0xFF) == 0xBA
                && (content[3] & 0xFF) == 0xBE
                && ((content[6] & 0xFF) << 8 | content[7] & 0xFF) < OLDEST_ARCHIVED;
    }

    private byte[] raise(byte[] content) {
        ClassFile classes = ClassFile.of(
                ClassFile.ClassHierarchyResolverOption.of(hierarchy()), ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
        ClassTransform version = (builder, element) -> {
            if (element instanceof ClassFileVersion) builder.withVersion(VERSION, 0);
            else builder.with(element);
        };
        return classes.transformClass(
                classes.parse(content), version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
    }

    /** Superclasses of the jar's own classes and the JDK's; optional dependencies that are not there count as plain objects. */
    private ClassHierarchyResolver hierarchy() {
        return ClassHierarchyResolver.ofResourceParsing(type -> {
                    String name = type.descriptorString();
                    byte[] content = entries.get(name.substring(1, name.length() - 1) + ".class");
                    return content == null ? null : new ByteArrayInputStream(content);
                })
                .orElse(ClassHierarchyResolver.defaultResolver())
                .orElse(type -> ClassHierarchyResolver.ClassHierarchyInfo.ofClass(ConstantDescs.CD_Object));
    }
}
