package io.duet.cluster;

import java.util.function.IntConsumer;
import org.infinispan.notifications.Listener;
import org.infinispan.notifications.cachemanagerlistener.annotation.Merged;
import org.infinispan.notifications.cachemanagerlistener.annotation.ViewChanged;
import org.infinispan.notifications.cachemanagerlistener.event.ViewChangedEvent;

/** Public only because Infinispan calls it by reflection. */
@Listener
public final class ViewListener {
    private final IntConsumer changed;

    ViewListener(IntConsumer changed) {
        this.changed = changed;
    }

    @ViewChanged
    @Merged
    public void viewChanged(ViewChangedEvent event) {
        changed.accept(event.getViewId());
    }
}
