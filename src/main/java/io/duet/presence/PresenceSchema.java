package io.duet.presence;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.ProtoSchema;
import org.infinispan.protostream.types.java.CommonTypes;

/** What of this room travels between nodes. Found by the cluster through the service loader. */
@ProtoSchema(
        dependsOn = CommonTypes.class,
        includeClasses = {
            Connection.class,
            Attendance.class,
            AttendanceChanges.Arrive.class,
            AttendanceChanges.Depart.class,
            AttendanceChanges.Lapse.class,
            AttendanceChanges.Bury.class
        },
        schemaFileName = "duet-presence.proto",
        schemaFilePath = "io/duet",
        schemaPackageName = "io.duet.presence")
interface PresenceSchema extends GeneratedSchema {
    /** This room's types take 100,200 to 100,299. */
    int FIRST_TYPE_ID = 100_200;
}
