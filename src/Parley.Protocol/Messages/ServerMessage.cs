using System.Text.Json.Serialization;

namespace Parley.Protocol.Messages;

/// <summary>What the server sends: one JSON object whose <c>t</c> names its type.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(Welcome), "welcome")]
[JsonDerivedType(typeof(Event), "ev")]
[JsonDerivedType(typeof(Synced), "synced")]
[JsonDerivedType(typeof(Signal), "sig")]
[JsonDerivedType(typeof(Ok), "ok")]
[JsonDerivedType(typeof(Error), "err")]
[JsonDerivedType(typeof(Bye), "bye")]
[JsonDerivedType(typeof(Pong), "pong")]
public abstract record ServerMessage;
