import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Reservation;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.WeirConfigBuilder;

/** Offers 600 messages to a connection that has 450 of its 1,000, and prints what is decided. */
final class PausedBatch {
    public static void main(String[] arguments) {
        Admission admission = Admission.repeatable(
                new WeirConfigBuilder(1L << 30)
                        .maxMessages(1000)
                        .maxMessagesPerSec(100_000)
                        .backpressureAction(BackpressureAction.PAUSE)
                        .build(),
                new PressureListener() {
                    @Override
                    public void onPressure(Pressure pressure) {}

                    @Override
                    public void onDrained(String tenant, String connection) {}
                });
        Connection connection = admission.connection("tenant", "connection", 0);
        admission.admit(connection, new Reservation(), 450, 1, 1);
        System.out.println(admission.admit(connection, new Reservation(), 600, 1, 1));
    }
}
