using Pusher.Router.Stores;

namespace Pusher.Tests.Router.Stores;

/// <summary>The stores of one kind that a contract is tested on: all of them have the same data.</summary>
public interface IContractStores
{
    /// <summary>Opens a store that holds nothing.</summary>
    ValueTask<IMessageStore> OpenEmptyAsync(StoreSettings settings);

    /// <summary>Opens the store again with the data that it had.</summary>
    ValueTask<IMessageStore> ReopenAsync(StoreSettings settings);

    /// <summary>The test is over and its store closed: what is left of it goes.</summary>
    ValueTask CloseAsync();
}
