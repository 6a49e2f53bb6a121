package org.factoredos.file;

import java.util.List;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Effect;
import org.jspecify.annotations.Nullable;

/** What is to happen, if anything, and the answer. */
record Decision(@Nullable VolumeEvent event, Payload reply) {
    static Decision refuse(FileError error) {
        return new Decision(null, new Refused(error));
    }

    /** Lets it happen in {@code state}, and answers. */
    List<Effect> carryOut(SliceState state, Call<Payload> call) {
        if (event == null) {
            return List.of(call.reply(reply));
        }
        state.apply(event);
        return List.of(new Effect.Persist(event), call.reply(reply));
    }
}
