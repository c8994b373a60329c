package dev.lutra.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The direction of dependencies and the other structural promises of the project. */
class ArchitectureTest {
    private static JavaClasses product;

    @BeforeAll
    static void read() {
        product = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.lutra");
    }

    @Test
    void dependenciesRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("gguf")
                .definedBy("dev.lutra.gguf..")
                .layer("quant")
                .definedBy("dev.lutra.quant..")
                .layer("kernels")
                .definedBy("dev.lutra.kernels..")
                .layer("lutgen")
                .definedBy("dev.lutra.lutgen..")
                .layer("engine")
                .definedBy("dev.lutra.engine..")
                .layer("tools")
                .definedBy("dev.lutra.tools..")
                .whereLayer("tools")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("engine")
                .mayOnlyBeAccessedByLayers("tools")
                .whereLayer("lutgen")
                .mayOnlyBeAccessedByLayers("tools")
                .whereLayer("kernels")
                .mayOnlyBeAccessedByLayers("engine", "lutgen", "tools")
                .whereLayer("quant")
                .mayOnlyBeAccessedByLayers("kernels", "engine", "lutgen", "tools")
                .check(product);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.lutra.(**)").should().beFreeOfCycles().check(product);
    }

    @Test
    void onlyTheToolsKnowTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.lutra.tools..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli..")
                .check(product);
    }

    @Test
    void nativeCodeIsCalledFromOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.lutra.kernels.ffi..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Linker.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(SymbolLookup.class)
                .check(product);
    }

    @Test
    void everyPackageIsNullMarked() {
        classes()
                .that()
                .haveSimpleName("package-info")
                .and()
                .resideOutsideOfPackage("..generated..")
                .should()
                .beAnnotatedWith("org.jspecify.annotations.NullMarked")
                .check(product);
    }
}
