package org.factoredos;

import static com.tngtech.archunit.base.DescribedPredicate.describe;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Arrays;
import java.util.List;
import org.factoredos.server.Device;

/** The parts that docs/architecture.md names, as ArchUnit sees them. */
final class Parts {
    static final String ROOT = "org.factoredos";

    /** Lowest first: what stands in a line may know its own line and those before it. */
    private static final List<List<String>> LAYERS = List.of(
            List.of("grid"),
            List.of("kernel"),
            List.of("server"),
            List.of("naming", "privilege", "memory", "driver", "placement", "file", "network"),
            List.of("fleet"),
            List.of("lib"),
            List.of("lib.nio"),
            List.of("load"),
            List.of("program"),
            List.of("shell"),
            List.of("boot"),
            List.of("actor"),
            List.of("sim"));

    private static final int FLEETS = 3;

    /** What the host's file tree, a device, reads and sets. */
    private static final String OF_A_DEVICE = "HostAttributes";

    private Parts() {}

    static final DescribedPredicate<JavaClass> OF_FLEETS =
            describe("are of a fleet", c -> LAYERS.get(FLEETS).contains(packageOf(c)));

    /** What decides, the same in both machine rooms. A driver's device is the way out of fos, so it is no core. */
    static final DescribedPredicate<JavaClass> CORES = describe(
            "are cores",
            c -> (layerOf(c) <= FLEETS || packageOf(c).equals("sim"))
                    && !outermost(c).isAssignableTo(Device.class)
                    && !outermost(c).getSimpleName().equals(OF_A_DEVICE));

    static DescribedPredicate<JavaClass> oneOf(Class<?>... them) {
        List<Class<?>> all = List.of(them);
        String names = String.join(", ", all.stream().map(Class::getSimpleName).toList());
        return describe(
                "are of " + names,
                c -> all.stream().anyMatch(one -> outermost(c).isEquivalentTo(one)));
    }

    /** How high a class of ours stands in the list. */
    static int layerOf(JavaClass c) {
        String name = packageOf(c);
        for (int layer = 0; layer < LAYERS.size(); layer++) {
            if (LAYERS.get(layer).contains(name)) {
                return layer;
            }
        }
        throw new IllegalStateException(c.getName() + " is in a package that docs/architecture.md does not name");
    }

    static boolean ours(JavaClass c) {
        return c.getBaseComponentType().getPackageName().startsWith(ROOT + ".");
    }

    /** The package below the root; the whole name for one that is not ours. */
    static String packageOf(JavaClass c) {
        String name = c.getBaseComponentType().getPackageName();
        return ours(c) ? name.substring(ROOT.length() + 1) : name;
    }

    static JavaClass outermost(JavaClass c) {
        JavaClass component = c.getBaseComponentType();
        return component.getEnclosingClass().map(Parts::outermost).orElse(component);
    }

    static boolean hasSuffix(JavaClass c, String... suffixes) {
        return Arrays.stream(suffixes).anyMatch(outermost(c).getSimpleName()::endsWith);
    }
}
