package org.factoredos.program;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Signal;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;

/** {@code edit}: a text, on the whole terminal. */
final class Edit {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "edit",
                    "FILE",
                    "edits a text of at most 4 MiB on the terminal: Ctrl-S saves, Ctrl-X leaves, Ctrl-F finds, Ctrl-K takes a line out and"
                            + " Ctrl-U puts it in, Ctrl-_ or Alt-U undoes and Alt-E does again",
                    "edit /home/notes"),
            Edit::run);

    private static final int MOST_BYTES = 4 << 20;
    private static final String HELP = "^S save  ^X leave  ^F find  ^K take line out  ^U put it in  ^_ undo";
    /** How often a window is looked at that may have another size. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private enum Asking {
        NOTHING,
        WHAT_TO_FIND,
        WHETHER_TO_SAVE
    }

    private final Fos fos;
    private final String path;
    private final EditedText text;
    private final EditScreen screen = new EditScreen();
    private final Keys keys = new Keys();
    private SizeAnswered size;
    private Asking asking = Asking.NOTHING;
    private String below = HELP;
    private String wanted = "";
    private String cut = "";
    private boolean over;
    private boolean terminated;

    private Edit(Fos fos, String path, EditedText text, SizeAnswered size) {
        this.fos = fos;
        this.path = path;
        this.text = text;
        this.size = size;
    }

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", arguments);
        String path = options.operands(1, 1).getFirst();
        SizeAnswered size =
                fos.terminal().orElseThrow(() -> new IOException("there is no terminal; edit is for a person at one"));
        Edit edit = new Edit(fos, path, new EditedText(load(fos, path)), size);
        fos.onSignal(Signal.INTERRUPT, signal -> {}); // Ctrl-C loses nothing that was typed.
        fos.onSignal(Signal.TERMINATE, signal -> edit.terminated = true);
        edit.onItsOwnScreen();
        return edit.terminated ? Signal.TERMINATE.status() : 0;
    }

    private static String load(Fos fos, String path) throws IOException {
        Optional<Status> status = fos.find(path);
        if (status.isEmpty()) {
            return "";
        }
        if (status.get().kind() != Kind.FILE) {
            throw new IOException(path + ": it is no file");
        }
        if (status.get().sizeBytes() > MOST_BYTES) {
            throw new IOException(path + ": edit takes no more than " + MOST_BYTES + " bytes");
        }
        byte[] data = new byte[(int) status.get().sizeBytes()];
        int count;
        try (OpenFile file = fos.open(path, OpenMode.EXISTING)) {
            count = file.read(0, data, 0, data.length);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data, 0, count))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException(path + ": it is no text in UTF-8; see hexdump", e);
        }
    }

    private void onItsOwnScreen() throws IOException {
        Text.print(fos, EditScreen.ENTER);
        try {
            untilLeft();
        } catch (IOException e) {
            try {
                leave();
            } catch (IOException gone) {
                e.addSuppressed(gone);
            }
            throw e;
        }
        leave();
    }

    private void leave() throws IOException {
        Text.print(fos, EditScreen.LEAVE);
        fos.out().flush();
    }

    private void untilLeft() throws IOException {
        draw();
        while (!over && !terminated) {
            Optional<Bytes> pressed = fos.keys(LOOK);
            SizeAnswered before = size;
            size = fos.terminal().orElse(size);
            if (pressed.isPresent()) {
                onPressed(pressed.get());
            }
            if (pressed.isPresent() || !size.equals(before)) {
                draw();
            }
        }
    }

    private void onPressed(Bytes pressed) throws IOException {
        if (pressed.isEmpty()) {
            throw new IOException("the terminal is gone");
        }
        for (Keys.Key key : keys.of(pressed)) {
            if (!over) {
                on(key);
            }
        }
    }

    private void draw() throws IOException {
        String state =
                path + (text.changed() ? " (changed)" : "") + "  line " + (text.row() + 1) + " of " + text.rows();
        String last = switch (asking) {
            case NOTHING -> below;
            case WHAT_TO_FIND -> "find: " + wanted;
            case WHETHER_TO_SAVE -> "save it first? y, n, or Escape to go on ";
        };
        Text.print(fos, screen.draw(text, size, state, last, asking != Asking.NOTHING));
        fos.out().flush();
    }

    // Keys

    private void on(Keys.Key key) {
        below = HELP;
        switch (asking) {
            case NOTHING -> edit(key);
            case WHAT_TO_FIND -> find(key);
            case WHETHER_TO_SAVE -> answered(key);
        }
    }

    private void edit(Keys.Key key) {
        switch (key.kind()) {
            case TEXT -> text.insert(key.text());
            case ENTER -> text.breakLine();
            case BACKSPACE -> text.backspace();
            case DELETE -> text.delete();
            case LEFT -> text.left();
            case RIGHT -> text.right();
            case UP -> text.move(-1);
            case DOWN -> text.move(1);
            case HOME -> text.home();
            case END -> text.end();
            case PAGE_UP -> text.move(-EditScreen.rows(size));
            case PAGE_DOWN -> text.move(EditScreen.rows(size));
            case ESCAPE -> {}
            case CONTROL -> command(key.text().charAt(0));
            case ALT -> again(key.text().charAt(0));
        }
    }

    private void again(char letter) {
        switch (letter) {
            case 'U' -> undo();
            case 'E' -> below = text.redo() ? HELP : "nothing to do again";
            default -> below = "no key; " + HELP;
        }
    }

    private void undo() {
        below = text.undo() ? HELP : "nothing to undo";
    }

    private void command(char letter) {
        switch (letter) {
            case 'S', 'O' -> save();
            case 'X', 'Q' -> {
                over = !text.changed();
                asking = over ? Asking.NOTHING : Asking.WHETHER_TO_SAVE;
            }
            case 'F', 'W' -> asking = Asking.WHAT_TO_FIND;
            case 'K' -> cut = text.cutLine();
            case 'U' -> text.insertLine(cut);
            case 'A' -> text.home();
            case 'E' -> text.end();
            case 'D' -> text.delete();
            case '_' -> undo();
            default -> below = "no key; " + HELP;
        }
    }

    private void find(Keys.Key key) {
        switch (key.kind()) {
            case TEXT -> wanted += key.text();
            case BACKSPACE ->
                wanted =
                        wanted.isEmpty() ? wanted : wanted.substring(0, wanted.offsetByCodePoints(wanted.length(), -1));
            case ENTER -> {
                asking = Asking.NOTHING;
                if (!text.find(wanted)) {
                    below = "nowhere: " + wanted;
                }
            }
            case ESCAPE -> asking = Asking.NOTHING;
            default -> {}
        }
    }

    private void answered(Keys.Key key) {
        if (key.kind() == Keys.Kind.ESCAPE) {
            asking = Asking.NOTHING;
        } else if (key.kind() != Keys.Kind.TEXT) {
            below = HELP; // It is neither.
        } else if (key.text().equalsIgnoreCase("n")) {
            over = true;
        } else if (key.text().equalsIgnoreCase("y")) {
            asking = Asking.NOTHING;
            save();
            over = !text.changed();
        }
    }

    // Saving

    private void save() {
        try {
            byte[] data = text.text().getBytes(StandardCharsets.UTF_8);
            Optional<Status> before = fos.findLink(path);
            if (before.isPresent() && mayBeReplaced(before.get())) {
                replace(data, before.get());
            } else {
                write(path, OpenMode.CREATE_OR_TRUNCATE, data);
            }
            text.saved();
            below = "saved, " + data.length + " bytes";
        } catch (IOException e) {
            below = "not saved: " + Text.of(e);
        }
    }

    /** By a new file: not where others know it by another name, or it is another's. */
    private boolean mayBeReplaced(Status before) {
        return before.kind() == Kind.FILE
                && before.attributes().links() == 1
                && before.attributes().owner().equals(fos.domain());
    }

    /** What was there stays until all of the new is. */
    private void replace(byte[] data, Status before) throws IOException {
        String beside = path + ".edit-" + before.id().number();
        try {
            write(beside, OpenMode.CREATE_OR_TRUNCATE, data);
            fos.setAttributes(
                    beside, false, NewAttributes.ofMode(before.attributes().mode()));
            fos.rename(beside, path);
        } catch (IOException e) {
            try {
                fos.unlink(beside);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    private void write(String to, OpenMode mode, byte[] data) throws IOException {
        try (OpenFile file = fos.open(to, mode)) {
            try (OutputStream out = file.appender()) {
                out.write(data);
            }
        }
    }
}
