using System.Text.Json.Serialization;

namespace Parley.Protocol.Requests;

/// <summary>What a client sends: one JSON object whose <c>t</c> names its type.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Subscribe), "sub")]
[JsonDerivedType(typeof(Unsubscribe), "unsub")]
[JsonDerivedType(typeof(CreateRoom), "create")]
[JsonDerivedType(typeof(JoinRoom), "join")]
[JsonDerivedType(typeof(PartRoom), "part")]
[JsonDerivedType(typeof(Send), "send")]
[JsonDerivedType(typeof(History), "hist")]
[JsonDerivedType(typeof(Who), "who")]
[JsonDerivedType(typeof(Typing), "typing")]
[JsonDerivedType(typeof(Ping), "ping")]
public abstract record ClientMessage
{
    /// <summary>Correlation number chosen by the client, per connection; the answer carries it as <c>re</c>. 0 to 2^53-1.</summary>
    public long? Id { get; init; }
}
