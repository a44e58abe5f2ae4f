package license.core;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Runs every static method of the classes below as a case; its name is a sentence. */
public final class Tests {
    private static final List<Class<?>> CLASSES =
            List.of(StoryTest.class, InstalledTest.class, ClockTest.class, AgentTest.class, InputTest.class);

    private Tests() {}

    /** Exit code 1 if a case fails. */
    public static void main(String[] arguments) throws IllegalAccessException {
        int passed = 0;
        int failed = 0;
        for (Class<?> cases : CLASSES) {
            Method[] methods = cases.getDeclaredMethods();
            Arrays.sort(methods, Comparator.comparing(Method::getName));
            for (Method method : methods) {
                if (method.isSynthetic() || !method.getName().contains("_")) {
                    continue;
                }
                try {
                    method.invoke(null);
                    passed++;
                } catch (InvocationTargetException e) {
                    failed++;
                    System.out.println("failed: " + cases.getSimpleName() + "." + method.getName());
                    e.getCause().printStackTrace(System.out);
                }
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        if (failed > 0) {
            System.exit(1);
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void same(Object expected, Object found) {
        check(expected.equals(found), "expected " + expected + ", found " + found);
    }

    /** Something that may be refused. */
    interface Refused {
        Object run() throws LicenseException;
    }

    /** The refusal, which must have this code. */
    static LicenseException refused(OutcomeCode code, Refused call) {
        try {
            throw new AssertionError("not refused: " + call.run());
        } catch (LicenseException e) {
            same(code, e.code());
            return e;
        }
    }
}
