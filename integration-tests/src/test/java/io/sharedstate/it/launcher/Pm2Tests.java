package io.sharedstate.it.launcher;

/** {@code sample-app/pm2}. */
@Requires(
        command = "command -v pm2",
        otherwise = "pm2 isn't on the PATH; 'npm install pm2@7' puts it into node_modules/.bin")
class Pm2Tests extends LauncherTests {

    Pm2Tests() {
        super(new Pm2());
    }
}
