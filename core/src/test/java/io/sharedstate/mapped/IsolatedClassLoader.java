package io.sharedstate.mapped;

import io.sharedstate.SharedState;
import java.net.URL;
import java.net.URLClassLoader;

/** The library once more, with classes and statics of its own, as in a second web application; without some packages if need be. */
final class IsolatedClassLoader extends URLClassLoader {

    private final String hiddenPackage;

    private IsolatedClassLoader(String hiddenPackage) {
        super(
                new URL[] {
                    SharedState.class.getProtectionDomain().getCodeSource().getLocation()
                },
                SharedState.class.getClassLoader());
        this.hiddenPackage = hiddenPackage;
    }

    static IsolatedClassLoader withEverything() {
        return new IsolatedClassLoader("none.");
    }

    static IsolatedClassLoader without(String hiddenPackage) {
        return new IsolatedClassLoader(hiddenPackage + ".");
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (name.startsWith(hiddenPackage)) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("io.sharedstate.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }
}
