namespace Parley.Server.Telemetry;

/// <summary>Ids of log events, in one place so that none is used twice.</summary>
internal static class EventIds
{
    public const int DeliveryFailed = 1001;
    public const int CatchUpFailed = 1002;
    public const int CatchUpFaulted = 1003;
    public const int ConnectionFailed = 1101;
    public const int ConnectionClosed = 1102;
    public const int ConnectionOpened = 1103;
    public const int NoHandles = 1104;
    public const int UpgradeFailed = 1105;
    public const int WriteFailed = 1201;
    public const int WriterFailed = 1202;
    public const int Outage = 1203;
    public const int Recovered = 1204;
    public const int Started = 1301;
    public const int Stopping = 1302;
    public const int StreamFailed = 1401;
}
