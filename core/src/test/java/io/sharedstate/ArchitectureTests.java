package io.sharedstate;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

class ArchitectureTests {

    private static final JavaClasses CODE = classesBeside(SharedState.class);
    private static final JavaClasses TESTS = classesBeside(ArchitectureTests.class);

    private static final String ENGINE = "io.sharedstate.mapped";
    private static final String BUFFER = "MappedAtomicBuffer";
    /** Reads the arrays that keys are in. */
    private static final String KEY = "EncodedKey";

    private static JavaClasses classesBeside(Class<?> one) {
        return new ClassFileImporter()
                .importUrl(one.getProtectionDomain().getCodeSource().getLocation());
    }

    @Test
    void arrowsRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("API")
                .definedBy("io.sharedstate")
                .layer("JSON")
                .definedBy("io.sharedstate.jackson")
                .layer("what engines share")
                .definedBy("io.sharedstate.engine")
                .layer("doctor")
                .definedBy("io.sharedstate.doctor")
                .layer("engine")
                .definedBy(ENGINE)
                .layer("layout")
                .definedBy("io.sharedstate.mapped.layout")
                .whereLayer("engine")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("what engines share")
                .mayOnlyBeAccessedByLayers("engine")
                .whereLayer("layout")
                .mayOnlyBeAccessedByLayers("engine")
                .whereLayer("layout")
                .mayNotAccessAnyLayer()
                .whereLayer("JSON")
                .mayOnlyAccessLayers("API")
                .whereLayer("doctor")
                .mayOnlyAccessLayers("API")
                .whereLayer("API")
                .mayNotAccessAnyLayer()
                .check(CODE);
    }

    @Test
    void dependsOnNothingButTheJdkAgronaJspecifyAndSlf4jAndInOnePackageOnJackson() {
        classes()
                .that()
                .resideOutsideOfPackage("io.sharedstate.jackson")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "io.sharedstate..", "org.agrona..", "org.jspecify..", "org.slf4j..")
                .check(CODE);
        classes()
                .that()
                .resideInAPackage("io.sharedstate.jackson")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..", "io.sharedstate", "org.jspecify..", "tools.jackson..", "io.sharedstate.jackson")
                .check(CODE);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(CODE);
    }

    @Test
    void usesOfAgronaOnlyWhatNeedsNoJvmFlag() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("org.agrona..")
                        .and(DescribedPredicate.not(equivalentTo(AtomicBuffer.class)
                                .or(equivalentTo(MutableDirectBuffer.class))
                                .or(equivalentTo(DirectBuffer.class)))))
                .check(CODE);
    }

    @Test
    void onlyOneClassTouchesMappedMemory() {
        noClasses()
                .that()
                .resideInAPackage("io.sharedstate.mapped..")
                .and()
                .doNotHaveSimpleName(BUFFER)
                .should()
                .callMethodWhere(target(owner(assignableTo(ByteBuffer.class)))
                        .and(target(nameMatching("(get|put|as|force|load).*"))))
                .check(CODE);
        noClasses()
                .that()
                .doNotHaveSimpleName(BUFFER)
                .and()
                .doNotHaveSimpleName(KEY)
                .should()
                .callMethodWhere(target(owner(equivalentTo(MethodHandles.class))))
                .check(CODE);
        fields().that()
                .haveRawType(VarHandle.class)
                .should()
                .beDeclaredInClassesThat()
                .haveSimpleName(BUFFER)
                .orShould()
                .beDeclaredInClassesThat()
                .haveSimpleName(KEY)
                .check(CODE);
    }

    @Test
    void onlyTheStorageMapsAndOnlyTheProcessLockLocks() {
        noClasses()
                .that()
                .doNotHaveSimpleName("FileStorage")
                .should()
                .callMethodWhere(target(owner(assignableTo(FileChannel.class))).and(target(nameMatching("map"))))
                .check(CODE);
        noClasses()
                .that()
                .doNotHaveSimpleName("ProcessLock")
                .should()
                .callMethodWhere(
                        target(owner(assignableTo(FileChannel.class))).and(target(nameMatching("lock|tryLock"))))
                .check(CODE);
    }

    @Test
    void everyPackageIsNullMarked() {
        classes()
                .should(be(DescribedPredicate.<JavaClass>describe(
                        "in a package with @NullMarked",
                        each -> each.getPackage().isAnnotatedWith(NullMarked.class))))
                .check(CODE);
    }

    @Test
    void whatIsSynchronizedDoesNotWait() {
        methods()
                .that()
                .haveModifier(JavaModifier.SYNCHRONIZED)
                .should(be(DescribedPredicate.<JavaMethod>describe(
                        "calling nothing but collections",
                        method -> method.getMethodCallsFromSelf().stream()
                                .allMatch(call -> resideInAPackage("java.util").test(call.getTargetOwner())))))
                .allowEmptyShould(true)
                .check(CODE);
        noClasses().should().callMethod(Object.class, "wait").check(CODE);
        noClasses().should().callMethod(Object.class, "wait", long.class).check(CODE);
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CODE);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Impl|Utils?|Helper|Service)")
                .check(CODE);
    }

    @Test
    void inTheEngineOnlyItsEntryIsPublic() {
        classes()
                .that()
                .resideInAPackage(ENGINE)
                .and()
                .arePublic()
                .should()
                .haveSimpleName("MappedEngine")
                .check(CODE);
    }

    @Test
    void whatHasTestsEndsInTests() {
        methods()
                .that()
                .areMetaAnnotatedWith(Testable.class)
                .and()
                .areDeclaredInClassesThat(resideInAnyPackage("io.sharedstate.."))
                .should()
                .beDeclaredInClassesThat()
                .haveNameMatching(".*Tests(\\$.*)?")
                .check(TESTS);
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(TESTS);
    }
}
