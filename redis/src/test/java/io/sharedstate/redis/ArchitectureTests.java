package io.sharedstate.redis;

import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

class ArchitectureTests {

    private static final JavaClasses CODE = new ClassFileImporter()
            .importUrl(RedisEngine.class.getProtectionDomain().getCodeSource().getLocation());

    @Test
    void dependsOnTheApiAndOnSpringDataRedisWithLettuceOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.net.ssl",
                        "io.sharedstate",
                        "io.sharedstate.engine",
                        "io.sharedstate.redis",
                        "io.lettuce..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "org.springframework.dao",
                        "org.springframework.data.redis..")
                .check(CODE);
    }

    @Test
    void onlyItsEntryAndItsExceptionsArePublic() {
        classes()
                .that()
                .arePublic()
                .should()
                .haveSimpleName("RedisEngine")
                .orShould()
                .haveSimpleNameEndingWith("Exception")
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
    void nothingPinsAThreadThatWaits() {
        methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).check(CODE);
        noClasses().should().callMethod(Object.class, "wait").check(CODE);
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CODE);
    }

    @Test
    void noClockOfThisProcessDecides() {
        noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .check(CODE);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Impl|Utils?|Helper|Service)")
                .check(CODE);
    }
}
